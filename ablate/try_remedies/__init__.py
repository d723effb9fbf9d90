"""Try every remedy that applies to a user's own Keras model."""
