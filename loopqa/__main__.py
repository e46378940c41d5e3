"""``python -m loopqa``."""

from loopqa.cli import main

if __name__ == "__main__":
    main()
