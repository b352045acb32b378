"""As many bundles as a benchmark wants, that share projects, donors and protocols like real ones do."""
import itertools
from collections.abc import Callable, Iterator

from samples.generator import plans, recipes
from samples.generator.bundle import GeneratedBundle, make
from samples.generator.chance import Chance, uuid_of
from samples.generator.experiments import CONTRIBUTED
from samples.generator.graph import Graph
from samples.generator.releases import (
    FEBRUARY_2021,
    JULY_2019,
    MARCH_2019,
    MAY_2021,
    OCTOBER_2018,
    OCTOBER_2019,
    OCTOBER_2020,
    SEPTEMBER_2021,
    Release,
)
from samples.generator.studies import Plan, Study
from samples.generator.vocabulary import HUMAN, INSTRUMENTS, MOUSE, TISSUES

RELEASES = (OCTOBER_2018, MARCH_2019, JULY_2019, OCTOBER_2019, OCTOBER_2019, OCTOBER_2020, FEBRUARY_2021, MAY_2021,
            SEPTEMBER_2021)

Recipe = Callable[[Study, int, str], Graph]


def bundles(seed: int, count: int) -> Iterator[GeneratedBundle]:
    """The same bundles for the same seed, each with an FQID of its own; those of the projects mixed as they come in.

    About √count projects. The first is by far the largest: the n-th has a share in proportion to 1/n, as with the
    projects of the atlas. A donor has four bundles on average, a project one protocol of each kind.
    """
    studies = [_study(seed, number) for number in range(max(6, round(count ** .5)))]
    chance = Chance(1, 'scale', seed)
    shares = list(itertools.accumulate(1 / (number + 1) for number in range(len(studies))))
    sizes = [0] * len(studies)
    for _ in range(count):
        number, = chance.random.choices(range(len(studies)), cum_weights=shares)
        yield _bundle(*studies[number], sizes[number])
        sizes[number] += 1


def one_project(seed: int, count: int) -> Iterator[GeneratedBundle]:
    """Bundles of the same project, otherwise like those of `bundles`."""
    study = _study(seed, 0)
    for number in range(count):
        yield _bundle(*study, number)


def large(*, files: int = 0, suspensions: int = 0, pooled: bool = True) -> GeneratedBundle:
    """One extreme bundle.

    :param files: images of one slice; none makes a plate
    :param suspensions: wells of one plate
    :param pooled: whether the wells have their reads in common files; otherwise each has its own
    """
    if files:
        graph, release = recipes.imaged(Study(plans.COVID), 1, files, targets=24), SEPTEMBER_2021
    else:
        graph, release = recipes.plate(Study(plans.PLATES), 0, suspensions, pooled=pooled), OCTOBER_2018
    uuid = uuid_of('large', files, suspensions, *([] if pooled else ['apart']))
    return make(graph, release, uuid=uuid, moment=release.moment(uuid, days=10), features=['large'])


def _study(seed: int, number: int) -> tuple[Study, Release, Recipe]:
    chance = Chance(1, 'study', seed, number)
    organ = chance.one(sorted(TISSUES))
    release = chance.one(RELEASES)
    library, recipe = chance.one(_recipes(release))
    species = chance.one((HUMAN, HUMAN, HUMAN, MOUSE))
    plan = Plan(
        f'Atlas{seed}Study{number}', f'{organ.capitalize()} of {species.term.text}, cell by cell: study {number}',
        ' '.join([f'Single cells of {organ} of {species.term.text}.'] + ['What they tell is told elsewhere.'] * 8),
        species=species, tissues=(organ,), library=library, instrument=chance.one(sorted(INSTRUMENTS)),
        ill=chance.random.random(), detail=chance.number(1, 9) / 10, sorted_cells=chance.whether(.4),
        contributors=chance.number(2, 20), publications=chance.number(1, 2))
    return Study(plan, seed), release, recipe


def _recipes(release: Release) -> list[tuple[str, Recipe]]:
    """What a study of the release may have done, and with which library; more likely ones are there more than once."""

    def tissue(study: Study, donor: int, name: str) -> Graph:
        return recipes.tissue(study, [donor], cells=name, lanes=2)

    def analysed(study: Study, donor: int, name: str) -> Graph:
        return recipes.analysed(study, donor, cells=name)

    def line(study: Study, donor: int, name: str) -> Graph:
        return recipes.lines(study, [donor], organoids=False, cells=name)

    def pooled(study: Study, donor: int, name: str) -> Graph:
        return recipes.pooled(study, range(donor, donor + 3), CONTRIBUTED, cells=name)

    def imaged(study: Study, donor: int, name: str) -> Graph:
        return recipes.imaged(study, donor, 20, targets=6, name=name)

    choices: list[tuple[str, Recipe]] = [('10x v2', tissue), ("10x 3' v3", tissue), ('Smart-seq2', recipes.single_cell)]
    if not release.stitched:
        choices += [('10x v2', analysed), ('10x v2', line)]
    elif release.name >= MAY_2021.name:
        choices += [("10x 3' v3 nuclei", pooled)]
    return [*choices, ('Visium', imaged)] if 'image_file' in release.versions else choices


def _bundle(study: Study, release: Release, recipe: Recipe, number: int) -> GeneratedBundle:
    """The n-th bundle of the study: four in a row have the same donor."""
    graph = recipe(study, number // 4, f'part_{number % 4}')
    return make(graph, release, moment=release.moment(study.project.id, number, days=number % 20))
