"""`python -m classlift`."""

from classlift.cli.main import main

if __name__ == "__main__":
    main()
