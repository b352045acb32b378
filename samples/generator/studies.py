"""A study: one project with the donors, specimens, lines and protocols that its bundles share."""
from collections.abc import Callable
from dataclasses import dataclass

from samples.generator import biomaterials, people, protocols
from samples.generator.chance import Chance, uuid_of
from samples.generator.graph import JSON, Entity
from samples.generator.vocabulary import (
    BIOPSY,
    BLOOD_DRAW,
    ENZYMATIC,
    FACS,
    HUMAN,
    INSTRUMENTS,
    LIBRARIES,
    MECHANICAL,
    ORGAN_EXTRACTION,
    RESECTION,
    TISSUES,
    Library,
    Species,
    Term,
    Tissue,
)


@dataclass(frozen=True)
class Plan:
    """
    :param tissues: organs, by name; specimens take turns
    :param library: the name of the method
    :param ill: the share of donors with a disease
    :param disease: which one; if not given, one of those of the tissue
    :param detail: how likely a fact that may be left out is given
    :param sorted_cells: whether suspensions were enriched for one type of cell
    """
    short_name: str
    title: str
    about: str
    species: Species = HUMAN
    tissues: tuple[str, ...] = ('blood',)
    library: str = '10x v2'
    instrument: str = 'Illumina HiSeq 4000'
    ill: float = .4
    disease: Term | None = None
    detail: float = .3
    sorted_cells: bool = False
    contributors: int = 4
    publications: int = 1


class Study:
    """Every entity is the same whenever it is asked for.

    :param seed: tells apart studies of the same plan
    """

    def __init__(self, plan: Plan, seed: int = 0) -> None:
        self.plan, self.seed = plan, seed
        self.project = self.entity('project', plan.short_name, lambda chance, _name: self._project(chance))

    @property
    def library(self) -> Library:
        return LIBRARIES[self.plan.library]

    def entity(self, schema: str, name: str, content: Callable[[Chance, str], JSON]) -> Entity:
        """The entity of this schema and name, with the content that the function makes of choices and name."""
        names = (self.seed, self.plan.short_name, schema, name)
        return Entity(schema, uuid_of(*names), content(Chance(self.plan.detail, *names), name))

    def tissue(self, number: int) -> Tissue:
        return TISSUES[self.plan.tissues[number % len(self.plan.tissues)]]

    def diseases(self, number: int) -> list[Term]:
        """Of donor and specimens of this number."""
        chance = Chance(self.plan.detail, self.seed, self.plan.short_name, 'disease', number)
        known = (self.plan.disease,) if self.plan.disease else self.tissue(number).diseases
        return [chance.one(known)] if known and chance.whether(self.plan.ill) else []

    def donor(self, number: int) -> Entity:
        return self.entity('donor_organism', f'{self.initials}_donor_{number}', lambda chance, name: biomaterials.donor(
            chance, self.plan.species, number, self.diseases(number), name))

    def specimen(self, number: int) -> Entity:
        """The specimen from the donor of the same number."""
        return self.entity('specimen_from_organism', f'{self.initials}_specimen_{number}',
                           lambda chance, name: biomaterials.specimen(
                               chance, self.plan.species, self.tissue(number), self.diseases(number), name,
                               self.donor(number).label))

    def pooled_specimen(self, numbers: range) -> Entity:
        """A specimen that was pooled from the donors of these numbers."""
        return self.entity('specimen_from_organism', f'{self.initials}_pool_{numbers[0]}_to_{numbers[-1]}',
                           lambda chance, name: biomaterials.specimen(
                               chance, self.plan.species, self.tissue(numbers[0]), [], name,
                               self.donor(numbers[0]).label))

    def suspension(self, name: str, parent: Entity, number: int, *, counted: bool = True,
                   well: tuple[str, str] | None = None) -> Entity:
        """
        :param number: of the specimen that it comes from
        :param counted: whether the number of cells is known
        """
        tissue = self.tissue(number)

        def content(chance: Chance, name: str) -> JSON:
            count = 1 if well or not self.library.droplets else chance.number(1_000, 20_000)
            cells = [chance.one(tissue.cells)] if self.plan.sorted_cells else []
            return biomaterials.cell_suspension(chance, self.plan.species, cells, count if counted else None, name,
                                                parent.label, well)

        return self.entity('cell_suspension', f'{self.initials}_{name}', content)

    def cell_line(self, number: int) -> Entity:
        tissue = self.tissue(number)
        return self.entity('cell_line', f'{self.initials}_line_{number}', lambda chance, name: biomaterials.cell_line(
            chance, self.plan.species, tissue.organ, tissue.cells[0], name))

    def organoid(self, number: int) -> Entity:
        return self.entity('organoid', f'{self.initials}_organoid_{number}', lambda chance, name: biomaterials.organoid(
            chance, self.plan.species, self.tissue(number).organ, name))

    def imaged_specimen(self, name: str) -> Entity:
        return self.entity('imaged_specimen', f'{self.initials}_{name}',
                           lambda chance, name: biomaterials.imaged_specimen(chance, self.plan.species, name))

    @property
    def collection(self) -> Entity:
        organ = self.plan.tissues[0]
        if self.plan.species is not HUMAN:
            method = ORGAN_EXTRACTION
        else:
            method = {'blood': BLOOD_DRAW, 'kidney': BIOPSY, 'skin of body': BIOPSY}.get(organ, RESECTION)
        return self.entity('collection_protocol', 'collection_1',
                           lambda chance, name: protocols.collection(chance, name, method))

    @property
    def dissociation(self) -> Entity:
        method = MECHANICAL if self.plan.tissues[0] in ('blood', 'lymph node') else ENZYMATIC
        return self.entity('dissociation_protocol', 'dissociation_1',
                           lambda chance, name: protocols.dissociation(chance, name, method))

    @property
    def enrichment(self) -> Entity:
        return self.entity('enrichment_protocol', 'enrichment_1',
                           lambda chance, name: protocols.enrichment(chance, name, FACS, 'CD45+ CD3-'))

    @property
    def library_preparation(self) -> Entity:
        return self.entity('library_preparation_protocol', 'library_1',
                           lambda chance, name: protocols.library_preparation(chance, name, self.library))

    @property
    def sequencing(self) -> Entity:
        return self.entity('sequencing_protocol', 'sequencing_1', lambda chance, name: protocols.sequencing(
            chance, name, self.library, INSTRUMENTS[self.plan.instrument]))

    @property
    def induction(self) -> Entity:
        return self.entity('ipsc_induction_protocol', 'induction_1', protocols.ipsc_induction)

    @property
    def differentiation(self) -> Entity:
        return self.entity('differentiation_protocol', 'differentiation_1', protocols.differentiation)

    @property
    def treatment(self) -> Entity:
        return self.entity('treatment_protocol', 'treatment_1', protocols.treatment)

    @property
    def imaging_preparation(self) -> Entity:
        return self.entity('imaging_preparation_protocol', 'slicing_1', protocols.imaging_preparation)

    def imaging(self, targets: int) -> Entity:
        return self.entity('imaging_protocol', f'imaging_of_{targets}_targets',
                           lambda chance, name: protocols.imaging(chance, name, targets))

    def analysis(self, pipeline: str, method: str) -> Entity:
        return self.entity('analysis_protocol', pipeline, lambda chance, name: protocols.analysis(chance, name, method))

    @property
    def initials(self) -> str:
        return ''.join(letter for letter in self.plan.short_name if letter.isupper() or letter.isdigit())

    def _project(self, chance: Chance) -> JSON:
        plan = self.plan
        return {
            'project_core': {'project_short_name': plan.short_name, 'project_title': plan.title,
                             'project_description': plan.about},
            'contributors': people.contributors(chance, plan.contributors),
            'publications': people.publications(chance, plan.title, plan.publications),
            'funders': people.funders(chance, 2),
            'supplementary_links': chance.given(['https://atlas.example.org/protocols']),
            'geo_series_accessions': chance.given([chance.accession('GSE')]),
            'insdc_project_accessions': chance.given([chance.accession('SRP')]),
            'insdc_study_accessions': chance.given([chance.accession('PRJNA', 8)]),
            'array_express_accessions': [chance.accession('E-MTAB-', 6)],
            'dbgap_accessions': [chance.accession('phs', 6)],
            'ega_accessions': [chance.accession('EGAS', 11)],
            'estimated_cell_count': chance.number(1_000, 90_000),
        }
