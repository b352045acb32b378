from azul.indexer.progress import Lines, Phase, progress
from fixtures.scripted import SteppingClock

STEPS = {'wait': Phase('Waiting'), 'load': Phase('Loaded', 'bundles')}


def telling() -> tuple[Lines, list[str], SteppingClock]:
    lines: list[str] = []
    clock = SteppingClock()
    return Lines(STEPS, lines.append, clock), lines, clock


def test_a_step_is_told_when_it_begins_at_a_pace_and_when_it_is_complete():
    report, lines, clock = telling()
    for done in range(0, 3001, 100):
        report('load', done, 3000)
        clock.sleep(1)
    assert lines == [
        'Loaded: 0 of 3,000 bundles, 3,000 left',
        'Loaded: 1,000 of 3,000 bundles, 2,000 left, 100.0 bundles/s, 0:00:20 to go',
        'Loaded: 2,000 of 3,000 bundles, 1,000 left, 100.0 bundles/s, 0:00:10 to go',
        'Loaded: 3,000 of 3,000 bundles, 0 left, 100.0 bundles/s',
    ]


def test_what_was_done_before_counts_for_nothing_in_the_rate():
    report, lines, clock = telling()
    report('load', 500, 1000)
    clock.sleep(20)
    report('load', 501, 1000)
    assert lines[-1] == 'Loaded: 501 of 1,000 bundles, 499 left, 0.1 bundles/s, 2:46:20 to go'


def test_a_step_that_counts_nothing_is_told_twice():
    report, lines, _ = telling()
    report('wait', 0, None)
    report('wait', 1, 1)
    assert lines == ['Waiting', 'Waiting: done']


def test_what_is_not_known_is_not_told():
    assert progress(1234, None, 'bundles', 0, 0) == '1,234 bundles'
    assert progress(0, 5, 'bundles', 0, 100) == '0 of 5 bundles, 5 left'
    assert progress(1234, None, 'bundles', 10, 100) == '1,234 bundles, 0.1 bundles/s'
