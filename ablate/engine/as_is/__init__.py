"""Train a user's own program as it is, in plain Keras by its own `fit`, after the lines of a patch.

Nothing here looks into a model unless Keras itself can take it apart (`keras.models.clone_model`). A patch is a text.
What is trained is that text, so that what is shown to the user is what was tried.
"""
