"""The definition of a model's logits: an evaluation whose bits depend on no kernel."""
