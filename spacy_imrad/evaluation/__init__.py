"""How well a pipeline labels papers with gold labels: figures, pictures, a report."""
