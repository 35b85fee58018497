"""Tuning: search by cross-validation, a guard on total accuracy, a choice that allows for noise, and its promise."""
