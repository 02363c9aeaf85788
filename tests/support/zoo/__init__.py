"""Small models as users write them, each named after what makes it hard for a federation."""
