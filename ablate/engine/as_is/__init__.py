"""Train a user's own program as it is: plain Keras, its own `fit`, and the lines of a patch in between.

Nothing here looks into a model unless Keras itself can take it apart (`keras.models.clone_model`). A patch is a text.
What is trained is that text, so that what is shown to the user is what was tried.
"""
