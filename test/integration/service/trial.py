"""Tries each mutant of what answers questions, by comparison with brute force.

    python -m integration.service.trial ENDPOINT PREFIX

The engine at the endpoint has, under the prefix, what `shelve` made of `CORPUS` and `DEAD`.
"""
import sys
import traceback

# What all of them need
import elasticsearch_dsl  # noqa: F401
import orjson  # noqa: F401
from chalice import app  # noqa: F401

from fixtures.corpora import corpus, questions
from fixtures.mutation import tried
from integration.service.mutants import MUTANTS

CORPUS = corpus(seed=1, number=40)
DEAD = corpus(seed=2, number=5)
# Ranges have most ways to be wrong.
AGES = [{'is': [None]}, *({relation: [[-2, 2], [-1, 1]]} for relation in ('within', 'contains', 'intersects'))]
QUESTIONS = [*({'filters': {'ages': each}, 'sort': 'pieces', 'order': 'asc', 'size': 20} for each in AGES),
             *questions(seed=3, number=12)]


def main(endpoint: str, prefix: str) -> None:
    def difference() -> str | None:
        from fixtures.questions import Question, check
        from fixtures.shelf import Shelf

        shelf = Shelf(endpoint, prefix=prefix)
        for question in QUESTIONS:
            try:
                check(shelf, CORPUS, Question(**question))
            except AssertionError:
                return f'{question}: {traceback.format_exc(limit=-1)}'
        return None

    tried(MUTANTS, difference)


if __name__ == '__main__':
    main(*sys.argv[1:])
