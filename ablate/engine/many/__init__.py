"""Train many different small Keras models side by side, without a study: the engine as a library."""
