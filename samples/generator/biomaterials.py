"""What donors, specimens, suspensions, lines and organoids say of themselves, by the modern names of the properties."""
from typing import Any

from samples.generator.chance import Chance
from samples.generator.vocabulary import (
    CENTIMETER,
    DAY,
    ETHNICITIES,
    HOUR,
    KILOGRAM,
    MICROMETER,
    NORMAL,
    STRAINS,
    UNITS,
    WEEK,
    Species,
    Term,
    Tissue,
)

JSON = dict[str, Any]


def core(chance: Chance, species: Species, name: str, description: str, parent: str | None = None) -> JSON:
    """
    :param parent: the name of what it was taken from; only the oldest schemas say so outside of the links
    """
    return {
        'biomaterial_id': name,
        'biomaterial_name': f'{description} {name}',
        'biomaterial_description': chance.given(f'{description}, registered as {name}'),
        'has_input_biomaterial': parent,
        'ncbi_taxon_id': [species.taxon],
        'genotype': chance.given('wild type'),
        'supplementary_files': chance.given([f'{name}_form.pdf']),
        'biosd_biomaterial': chance.given(chance.accession('SAMEA')),
        'insdc_biomaterial': chance.given(chance.accession('SRS')),
        'biosamples_accession': chance.given(chance.accession('SAMN', 8)),
        'insdc_sample_accession': chance.given(chance.accession('SRS')),
    }


def donor(chance: Chance, species: Species, number: int, diseases: list[Term], name: str) -> JSON:
    """
    :param number: of the donor in its study; every few donors all forms of ages have occurred
    """
    human = species.taxon == 9606
    life = species.lives[number % len(species.lives)]
    living = chance.one(('yes', 'no'))
    return {
        'biomaterial_core': core(chance, species, name, 'donor' if human else 'animal'),
        'genus_species': [species.term.json()],
        'is_living': living,
        'sex': chance.one(('female', 'male', 'female', 'male', 'unknown')),
        'organism_age': life.age,
        'organism_age_unit': life.unit and UNITS[life.unit].json(),
        'development_stage': life.stage.json(),
        'diseases': [term.json() for term in diseases or [NORMAL]],
        'gestational_age': chance.given('38-40'),
        'gestational_age_unit': chance.given(WEEK.json()),
        'human_specific': None if not human else {
            'body_mass_index': chance.given(chance.number(180, 360) / 10),
            'ethnicity': chance.given([chance.one(ETHNICITIES).json()])},
        'mouse_specific': None if human else {'strain': [chance.one(STRAINS).json()]},
        'weight': chance.given(str(chance.number(50, 95))),
        'weight_unit': chance.given(KILOGRAM.json()),
        'height': chance.given(str(chance.number(150, 195))),
        'height_unit': chance.given(CENTIMETER.json()),
        'medical_history': {
            'smoking_history': chance.given(chance.one(('never', '10/day for 5 years'))),
            'alcohol_history': chance.given('0-3 units/day'),
            'medication': chance.given('Ibuprofen 200mg as needed'),
            'nutritional_state': chance.given('normal'),
            'test_results': chance.given('all serology negative'),
            'treatment': chance.given('none before the collection')},
        'death': None if living == 'yes' else {
            'cause_of_death': chance.one(('stroke', 'accident', 'cardiac arrest')),
            'cold_perfused': chance.given(chance.whether(.5)),
            'days_on_ventilator': chance.given(chance.number(0, 30) / 10),
            'hardy_scale': chance.given(chance.number(0, 4)),
            'time_of_death': chance.given('2017-02-11T04:30:00Z'),
            'organ_donation_death_type': chance.given('Donation after brainstem death (DBD)'),
            'normothermic_regional_perfusion': chance.given('no')},
    }


def specimen(chance: Chance, species: Species, tissue: Tissue, diseases: list[Term], name: str, parent: str) -> JSON:
    """
    :param parent: the donor's name
    """
    part = chance.one(tissue.parts) if tissue.parts else None
    return {
        'biomaterial_core': core(chance, species, name, f'{tissue.organ.text} of', parent),
        'genus_species': [species.term.json()],
        'organ': tissue.organ.json(),
        'organ_parts': part and [part.json()],
        'diseases': [term.json() for term in diseases or [NORMAL]],
        'collection_time': chance.given('2017-06-02'),
        'purchased_specimen': {'manufacturer': chance.given('Lakeside Tissue Bank')},
        'preservation_storage': chance.given({
            'preservation_method': chance.one(('cryopreservation, other', 'fresh', 'hypothermic preservation media')),
            'storage_method': chance.one(('fresh', 'frozen, liquid nitrogen', 'frozen, -80 freezer')),
            'storage_time': chance.given(chance.number(1, 48)),
            'storage_time_unit': HOUR.json()}),
        'state_of_specimen': {
            'autolysis_score': chance.given('none'),
            'gross_description': chance.given('firm, of even color')},
    }


def cell_suspension(chance: Chance, species: Species, cells: list[Term], count: int | None, name: str, parent: str,
                    well: tuple[str, str] | None) -> JSON:
    """
    :param cells: the types selected, none if the cells were not sorted
    :param count: the estimated number of cells
    :param parent: the name of the specimen, line or organoid
    :param well: plate and well, if the cells lie in one
    """
    return {
        'biomaterial_core': core(chance, species, name, 'cells of', parent),
        'genus_species': [species.term.json()],
        'selected_cell_types': [term.json() for term in cells] or None,
        'estimated_cell_count': count,
        'cell_morphology': {
            'cell_morphology': chance.given('round, evenly spread'),
            'cell_size': chance.given('15-20'),
            'cell_size_unit': chance.given(MICROMETER.json()),
            'percent_cell_viability': chance.given(chance.number(700, 990) / 10),
            'cell_viability_method': chance.given('trypan blue'),
            'cell_viability_result': chance.given('pass'),
            'percent_necrosis': chance.given(chance.number(0, 100) / 10)},
        'growth_conditions': {
            'passage_number': chance.given(chance.number(0, 20)),
            'growth_medium': chance.given('DMEM with 10% serum'),
            'mycoplasma_testing_results': chance.given('pass'),
            'drug_treatment': chance.given('none'),
            'feeder_layer_type': chance.given('feeder-free')},
        'plate_based_sequencing': well and {
            'plate_label': well[0],
            'well_label': well[1],
            'cell_quality': chance.given('OK')},
        'timecourse': chance.given({'value': '34', 'unit': DAY.json(), 'relevance': 'days in culture'}),
    }


def cell_line(chance: Chance, species: Species, organ: Term, cell: Term, name: str) -> JSON:
    return {
        'biomaterial_core': core(chance, species, name, 'cell line') | {
            'biomaterial_description': f'pluripotent cells, kept as {name}'},
        'genus_species': [species.term.json()],
        'type': chance.one(('induced pluripotent', 'stem cell-derived')),
        'cell_type': cell.json(),
        'disease': NORMAL.json(),
        # Not every line has been mapped to a term.
        'model_organ': chance.one((organ.json(), {'text': organ.text})),
        'karyotype': 'sex chromosome complement of XX',
        'supplier': chance.given('Lakeside Cell Bank'),
        'catalog_number': chance.given(f'LCB{chance.number(1000, 9999)}'),
        'catalog_url': chance.given('https://cells.example.org/catalog'),
        'date_established': chance.given('2015-03-02T00:00:00Z'),
        'publication': chance.given({'authors': ['Achterberg D'], 'title': 'A line for the atlas',
                                     'doi': '10.5555/20150302', 'pmid': 990150302,
                                     'url': 'https://doi.example.org/10.5555/20150302'}),
        'cell_morphology': {'cell_viability_method': chance.given('trypan blue')},
        'growth_conditions': {
            'passage_number': chance.number(10, 60),
            'growth_medium': 'E8 medium',
            'culture_environment': chance.given('adherent'),
            'mycoplasma_testing_method': chance.given('PCR'),
            'mycoplasma_testing_results': 'pass',
            'drug_treatment': chance.given('none'),
            'feeder_layer_type': chance.given('feeder-free')},
    }


def organoid(chance: Chance, species: Species, organ: Term, name: str) -> JSON:
    return {
        'biomaterial_core': core(chance, species, name, 'organoid') | {
            'biomaterial_description': f'organoid {name}',
            'biosamples_accession': chance.accession('SAMN', 8),
            'insdc_sample_accession': chance.accession('SRS')},
        'genus_species': [species.term.json()],
        'model_organ': organ.json(),
        'organoid_age': chance.number(20, 90),
        'organoid_age_unit': DAY.json(),
        'organoid_type': 'stem cell-derived',
        'embedded_in_matrigel': chance.whether(.5),
        'growth_environment': chance.one(('suspension', 'matrigel')),
    }


def imaged_specimen(chance: Chance, species: Species, name: str) -> JSON:
    return {
        'biomaterial_core': {'biomaterial_id': name, 'biomaterial_name': f'slice {name}',
                             'ncbi_taxon_id': [species.taxon]},
        'slice_thickness': chance.number(5, 20) * 1.0,
    }
