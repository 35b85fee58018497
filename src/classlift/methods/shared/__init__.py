"""What methods share: rows to fit on, and the sums and solutions that several of them need."""
