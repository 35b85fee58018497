"""`python -m classlift`."""

from classlift.cli import main

if __name__ == "__main__":
    main()
