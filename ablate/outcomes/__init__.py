"""Read how a trial ended from its curves, by the chance level of its task."""
