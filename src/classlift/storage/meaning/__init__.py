"""What columns mean: which are scores, labels, class names, ids."""
