"""classlift lifts the weak classes of a trained classifier, after training, from its saved predictions."""

__version__ = "0.1.0"
