"""Where stacks run. Every executor takes stacks and a training function, and gives back what became of each."""
