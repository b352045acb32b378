"""Tries each mutant of what makes documents of bundles, by comparison with brute force."""
from itertools import islice

# What all of them need: the libraries, the samples, what brute force makes of these.
import orjson  # noqa: F401

from fixtures.mutation import tried
from hca.brute_force import aggregates, rows
from hca.mutants import MUTANTS
from hca.raw import SAMPLES, read


def main() -> None:
    samples = read(SAMPLES, 'expect.tsv')
    aggregates(samples)
    for sample in samples:
        rows(sample)

    def difference() -> str | None:
        from hca.comparison import all_differences
        from hca.crafted import crafted
        for raws in crafted(), samples:
            for found in islice(all_differences(raws), 1):
                return found
        return None

    tried(MUTANTS, difference)


if __name__ == '__main__':
    main()
