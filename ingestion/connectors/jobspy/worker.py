"""The process that JobSpy runs in: a question as JSON on standard input, the records as JSON on standard output."""

import json
import sys
from contextlib import redirect_stdout

MISSING = 69  # EX_UNAVAILABLE


def main() -> int:
    """Ask once. Anything that JobSpy prints goes to standard error, where it cannot spoil the answer."""
    question = json.load(sys.stdin)
    try:
        from jobspy import scrape_jobs
    except ModuleNotFoundError as error:
        if error.name != "jobspy":
            raise
        return MISSING
    with redirect_stdout(sys.stderr):
        table = scrape_jobs(**question)
    sys.stdout.write(table.to_json(orient="records", date_format="iso"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
