"""The fast way to the reference's answers: one ordinary pass, and a proof of how far off it is."""
