"""Read from a trial's curves how it ended, by the chance level of its task."""
