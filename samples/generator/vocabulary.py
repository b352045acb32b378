"""Real vocabularies, as the Human Cell Atlas uses them: what is real in bundles that are otherwise invented."""
from dataclasses import dataclass
from typing import NamedTuple


class Term(NamedTuple):
    """A term of an ontology.

    :param text: as a submitter would write it
    :param ontology: its id; None where the submitter gave none
    :param label: as the ontology has it; empty where it is the same as the text
    """
    text: str
    ontology: str | None = None
    label: str = ''

    def json(self) -> dict[str, str]:
        if self.ontology is None:
            return {'text': self.text}
        return {'text': self.text, 'ontology': self.ontology, 'ontology_label': self.label or self.text}


class Life(NamedTuple):
    """What is known of a donor's time: the stage, the age as written and the name of its unit, or neither."""
    stage: Term
    age: str | None = None
    unit: str | None = None


@dataclass(frozen=True)
class Species:
    """
    :param lives: of donors, who take turns: ages in all the forms that occur
    """
    term: Term
    taxon: int
    lives: tuple[Life, ...]


YEAR, MONTH, WEEK = Term('year', 'UO:0000036'), Term('month', 'UO:0000035'), Term('week', 'UO:0000034')
DAY, HOUR = Term('day', 'UO:0000033'), Term('hour', 'UO:0000032')
UNITS = {term.text: term for term in (YEAR, MONTH, WEEK, DAY, HOUR)} | {'years': Term('years', 'UO:0000036', 'year')}
CENTIMETER, KILOGRAM = Term('cm', 'UO:0000015', 'centimeter'), Term('kg', 'UO:0000009', 'kilogram')
MICROMETER = Term('micrometer', 'UO:0000017')
NORMAL = Term('normal', 'PATO:0000461')

ADULT_HUMAN = Term('adult', 'HsapDv:0000087', 'human adult stage')
ADULT = Term('adult', 'EFO:0001272')
HUMAN = Species(Term('Homo sapiens', 'NCBITaxon:9606'), 9606, (
    Life(ADULT_HUMAN, '38', 'year'), Life(ADULT_HUMAN, '55-59', 'year'), Life(Term('fetal stage', 'HsapDv:0000037')),
    Life(ADULT_HUMAN, '61.0', 'years'), Life(Term('infant stage', 'HsapDv:0000083'), '7', 'month'),
    Life(ADULT_HUMAN, '20', 'year')))
MOUSE = Species(Term('Mus musculus', 'NCBITaxon:10090'), 10090, (
    Life(ADULT, '8', 'week'), Life(ADULT, '6-12', 'week'), Life(ADULT, '56', 'day'), Life(ADULT),
    Life(ADULT, '3', 'month')))
STRAINS = (Term('C57BL/6', 'EFO:0004472'), Term('BALB/c'))
COVID_19 = Term('COVID-19', 'MONDO:0100096')
ETHNICITIES = (Term('European', 'HANCESTRO:0005'), Term('African', 'HANCESTRO:0010'),
               Term('Hispanic or Latin American', 'HANCESTRO:0014'), Term('East Asian', 'HANCESTRO:0009'))


@dataclass(frozen=True)
class Tissue:
    organ: Term
    parts: tuple[Term, ...]
    cells: tuple[Term, ...]
    diseases: tuple[Term, ...]


TISSUES = {tissue.organ.text: tissue for tissue in (
    Tissue(Term('hematopoietic system', 'UBERON:0002390'),
           (Term('bone marrow', 'UBERON:0002371'), Term('umbilical cord blood', 'UBERON:0012168')),
           (Term('hematopoietic stem cell', 'CL:0000037'), Term('bone marrow cell', 'CL:0002092')),
           ()),
    Tissue(Term('skin of body', 'UBERON:0002097'),
           (Term('skin epidermis', 'UBERON:0001003'),),
           (Term('keratinocyte', 'CL:0000312'), Term('fibroblast', 'CL:0000057')),
           (Term('psoriasis', 'MONDO:0005083'), Term('melanoma', 'MONDO:0005105'))),
    Tissue(Term('lymph node', 'UBERON:0000029'),
           (),
           (Term('CD4+ T cell', 'CL:0000624', 'CD4-positive, alpha-beta T cell'), Term('B cell', 'CL:0000236')),
           (Term('melanoma', 'MONDO:0005105'),)),
    Tissue(Term('pancreas', 'UBERON:0001264'),
           (Term('islet of Langerhans', 'UBERON:0000006'),),
           (Term('type B pancreatic cell', 'CL:0000169'), Term('pancreatic A cell', 'CL:0000171')),
           (Term('type 2 diabetes mellitus', 'MONDO:0005148'),)),
    Tissue(Term('brain', 'UBERON:0000955'),
           (Term('cerebral cortex', 'UBERON:0000956'), Term('hypothalamus', 'UBERON:0001898')),
           (Term('neuron', 'CL:0000540'), Term('astrocyte', 'CL:0000127'), Term('microglial cell', 'CL:0000129')),
           (Term('glioblastoma', 'MONDO:0018177', 'glioblastoma (disease)'),)),
    Tissue(Term('lung', 'UBERON:0002048'),
           (Term('bronchus', 'UBERON:0002185'), Term('upper lobe of left lung', 'UBERON:0008952')),
           (Term('epithelial cell', 'CL:0000066'), Term('alveolar macrophage', 'CL:0000583')),
           (Term('asthma', 'MONDO:0004979'),)),
    Tissue(Term('blood', 'UBERON:0000178'),
           (Term('venous blood', 'UBERON:0013756'),),
           (Term('peripheral blood mononuclear cell', 'CL:2000001'), Term('T cell', 'CL:0000084')),
           ()),
    Tissue(Term('kidney', 'UBERON:0002113'),
           (Term('cortex of kidney', 'UBERON:0001225'), Term('renal medulla', 'UBERON:0000362')),
           (Term('podocyte', 'CL:0000653'), Term('kidney epithelial cell', 'CL:0002518')),
           (Term('chronic kidney disease', 'MONDO:0005300'),)),
    Tissue(Term('heart', 'UBERON:0000948'),
           (Term('heart left ventricle', 'UBERON:0002084'), Term('interventricular septum', 'UBERON:0002094')),
           (Term('cardiac muscle cell', 'CL:0000746'), Term('endothelial cell', 'CL:0000115')),
           ()),
    Tissue(Term('eye', 'UBERON:0000970'),
           (Term('retina', 'UBERON:0000966'),),
           (Term('retinal ganglion cell', 'CL:0000740'), Term('Mueller cell', 'CL:0000636')),
           (Term('cataract', 'MONDO:0005129', 'cataract (disease)'),)),
    Tissue(Term('liver', 'UBERON:0002107'),
           (Term('caudate lobe of liver', 'UBERON:0001117'),),
           (Term('hepatocyte', 'CL:0000182'), Term('Kupffer cell', 'CL:0000091')),
           ()),
    Tissue(Term('colon', 'UBERON:0001155'),
           (Term('sigmoid colon', 'UBERON:0001159'),),
           (Term('enterocyte', 'CL:0000584'), Term('goblet cell', 'CL:0000160')),
           (Term('ulcerative colitis', 'MONDO:0005101'),)),
)}

TAGS = Term('tag based single cell RNA sequencing', 'EFO:0008440')
NUCLEAR_TAGS = Term('tag based single nucleus RNA sequencing', 'EFO:0009811')
FULL_LENGTH = Term('full length single cell RNA sequencing', 'EFO:0008441')


@dataclass(frozen=True)
class Library:
    """A method of library preparation and what follows from it.

    :param umi: offset and length of the barcode of the molecule, None if it has none
    :param barcode_length: of the barcode of the cell (at offset 0), None if each cell has files of its own
    :param reads: of each lane
    """
    method: Term
    sequencing: Term
    end_bias: str
    umi: tuple[int, int] | None
    barcode_length: int | None
    reads: tuple[str, ...]

    @property
    def droplets(self) -> bool:
        """Whether one library holds thousands of cells."""
        return self.barcode_length is not None


LIBRARIES = {library.method.text: library for library in (
    Library(Term('10x v2', 'EFO:0009310', '10X v2 sequencing'), TAGS, '3 prime tag', (16, 10), 16, ('R1', 'R2', 'I1')),
    Library(Term("10x 3' v3", 'EFO:0009922', "10x 3' v3 sequencing"), TAGS, '3 prime tag', (16, 12), 16,
            ('R1', 'R2', 'I1')),
    Library(Term("10x 3' v3 nuclei", 'EFO:0009922', "10x 3' v3 sequencing"), NUCLEAR_TAGS, '3 prime tag', (16, 12), 16,
            ('R1', 'R2')),
    Library(Term('Smart-seq2', 'EFO:0008931'), FULL_LENGTH, 'full length', None, None, ('R1', 'R2')),
    Library(Term('Drop-seq', 'EFO:0008722'), TAGS, '3 prime tag', (12, 8), 12, ('R1', 'R2')),
    Library(Term('Visium', 'EFO:0010961', 'Visium Spatial Gene Expression'), TAGS, '3 prime tag', (16, 12), 16,
            ('R1', 'R2')),
)}

INSTRUMENTS = {term.text: term for term in (
    Term('Illumina HiSeq 2500', 'EFO:0008565'),
    Term('Illumina HiSeq 4000', 'EFO:0008563'),
    Term('Illumina HiSeq X Ten', 'EFO:0008567', 'Illumina HiSeq X'),
    Term('Illumina NextSeq 500', 'EFO:0009173'),
    Term('Illumina NovaSeq 6000', 'EFO:0008637'),
)}

BLOOD_DRAW, BIOPSY = Term('blood draw', 'EFO:0009121'), Term('biopsy', 'EFO:0009120')
ORGAN_EXTRACTION, RESECTION = Term('organ extraction', 'EFO:0009124'), Term('surgical resection', 'EFO:0009744')
ENZYMATIC = Term('enzymatic dissociation', 'EFO:0009128')
MECHANICAL = Term('mechanical dissociation', 'EFO:0009129')
FACS = Term('FACS', 'EFO:0009108', 'fluorescence-activated cell sorting')
POLY_A = Term('polyA RNA', 'OBI:0000869')
PCR = Term('PCR', 'OBI:0000415', 'polymerase chain reaction')
FLUORESCENCE = Term('fluorescence microscopy', 'FBbi:00000246')
IN_SITU = Term('in situ sequencing')
SMFISH = Term('smFISH', 'EFO:0009918', 'single molecule fluorescent in situ hybridisation')
ACTIVATION_ASSAY = Term('T cell activation assay', 'EFO:0030037')
ACTIVATION = Term('positive regulation of T cell activation', 'GO:0050870')
TRANSFORMATION = Term('data transformation', 'OBI:0200000')
DNA_SEQUENCE, COUNT_MATRIX = Term('DNA sequence', 'data:3494'), Term('Count matrix', 'data:3917')
MATRIX, IMAGE = Term('Matrix', 'data:2082'), Term('Image', 'data:2968')

ROLES = (Term('principal investigator', 'EFO:0009736'),
         Term('experimental scientist', 'EFO:0009741'),
         Term('computational scientist', 'EFO:0009742'),
         Term('data curator', 'EFO:0009737'))
