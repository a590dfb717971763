"""``python -m wasserstyle``: the command line."""

from wasserstyle.cli import main

if __name__ == "__main__":
    main()
