"""How things were done, by the modern names of the properties. Each function is one schema of protocols."""
from typing import Any

from samples.generator.chance import Chance
from samples.generator.vocabulary import (
    ACTIVATION,
    ACTIVATION_ASSAY,
    FLUORESCENCE,
    IN_SITU,
    NUCLEAR_TAGS,
    PCR,
    POLY_A,
    SMFISH,
    TRANSFORMATION,
    Library,
    Term,
)

JSON = dict[str, Any]


def core(chance: Chance, name: str, description: str, *, described: bool = True) -> JSON:
    """
    :param described: whether the description is given in any case
    """
    return {
        'protocol_id': name,
        'protocol_name': name.replace('_', ' '),
        'protocol_description': description if described else chance.given(description),
        'document': chance.given(f'{name}.pdf'),
        'publication_doi': chance.given(f'10.5555/{chance.number(10 ** 7, 10 ** 8 - 1)}'),
        'protocols_io_doi': chance.given(f'10.5555/protocols.{chance.number(1000, 9999)}'),
    }


def reagents(chance: Chance) -> list[JSON] | None:
    return chance.given([{'retail_name': 'Gentle Tissue Kit', 'manufacturer': 'Example Reagents Ltd',
                          'catalog_number': f'{chance.number(100, 999)}-{chance.number(100, 999)}',
                          'lot_number': 'L-77', 'expiry_date': '2019-12-31', 'kit_titer': '3.0x10^6'}])


def collection(chance: Chance, name: str, method: Term) -> JSON:
    return {
        'protocol_core': core(chance, name, f'Collected by {method.text} and kept on ice until processed.'),
        'method': method.json(),
        'reagents': reagents(chance),
    }


def dissociation(chance: Chance, name: str, method: Term) -> JSON:
    return {
        'protocol_core': core(chance, name, f'Single cells were obtained by {method.text}.'),
        'method': method.json(),
        'reagents': reagents(chance),
        'nucleic_acid_source': 'single cell',
    }


def enrichment(chance: Chance, name: str, method: Term, markers: str) -> JSON:
    return {
        'protocol_core': core(chance, name, f'Cells that are {markers} were kept.'),
        'method': method.json(),
        'markers': markers,
        'minimum_size': chance.given(10),
        'maximum_size': chance.given(40),
    }


def library_preparation(chance: Chance, name: str, library: Library) -> JSON:
    kit = {'retail_name': f'{library.method.text} kit', 'manufacturer': 'Example Reagents Ltd',
           'catalog_number': '120000', 'lot_number': '150000', 'expiry_date': '2020-06-30'}
    umi = library.umi and {'barcode_read': 'Read 1', 'barcode_offset': library.umi[0],
                           'barcode_length': library.umi[1]}
    spatial = library.method.text == 'Visium'
    barcode: JSON | None = None
    if library.barcode_length:
        barcode = {'barcode_read': 'Read 1', 'barcode_offset': 0, 'barcode_length': library.barcode_length,
                   'white_list_file': chance.given('barcodes.txt')}
    return {
        'protocol_core': core(chance, name, f'Libraries were made with {library.method.text}.'),
        'input_nucleic_acid_molecule': POLY_A.json(),
        'nucleic_acid_source': 'single nucleus' if library.sequencing == NUCLEAR_TAGS else 'single cell',
        'library_construction_method': library.method.json(),
        'library_construction_kit': chance.given(kit),
        'nucleic_acid_conversion_kit': chance.given(kit),
        'library_preamplification_method': chance.given(PCR.json()),
        'cdna_library_amplification_method': chance.given(PCR.json()),
        'nominal_length': chance.given(350),
        'nominal_sdev': chance.given(50),
        'end_bias': library.end_bias,
        'primer': 'poly-dT',
        'strand': 'first' if library.droplets else 'unstranded',
        'umi_barcode': umi,
        'cell_barcode': None if spatial else barcode,
        'spatial_barcode': barcode if spatial else None,
        'spike_in_kit': chance.given({'retail_name': 'Spike-In Mix', 'manufacturer': 'Example Reagents Ltd',
                                      'catalog_number': '4450000'}),
    }


def sequencing(chance: Chance, name: str, library: Library, instrument: Term) -> JSON:
    droplets = {'fastq_method': 'mkfastq', 'fastq_method_version': '2.1', 'pooled_channels': chance.given(4),
                'drop_uniformity': chance.given(chance.whether(.5))}
    return {
        'protocol_core': core(chance, name, f'Sequenced on {instrument.text}.'),
        'instrument_manufacturer_model': instrument.json(),
        'local_machine_name': chance.given('NB-7'),
        'paired_end': 'R2' in library.reads and not library.droplets,
        'method': library.sequencing.json(),
        '10x': chance.given(droplets) if library.droplets else None,
    }


def ipsc_induction(chance: Chance, name: str) -> JSON:
    return {
        'protocol_core': core(chance, name, 'Fibroblasts were reprogrammed and kept in feeder-free culture.')
        | {'document': f'{name}.pdf'},
        'ipsc_induction_method': 'sendai virus',
        'ipsc_induction_kit': {'retail_name': 'Reprogramming Kit', 'manufacturer': 'Example Reagents Ltd'},
        'ipsc_induction_produced_in_house': False,
        'pluripotency_test': 'marker expression',
        'pluripotency_vector_removed': 'yes',
    }


def differentiation(chance: Chance, name: str) -> JSON:
    return {
        'protocol_core': core(chance, name, 'Cells were led towards the organ in three stages.')
        | {'publication_doi': f'10.5555/{chance.number(10 ** 7, 10 ** 8 - 1)}'},
        'method': 'embryoid bodies',
        'media': 'Basal medium A',
        'small_molecules': 'retinoic acid',
        'target_pathway': chance.given('WNT'),
        'validation_method': chance.given('immunostaining'),
        'reagents': chance.given([{'retail_name': 'ROCK inhibitor'}]),
    }


def imaging_preparation(chance: Chance, name: str) -> JSON:
    return {'protocol_core': {'protocol_id': name, 'protocol_description': 'Frozen, sliced and fixed on the slide.'}}


def imaging(chance: Chance, name: str, targets: int) -> JSON:
    """
    :param targets: how many molecules were looked for; none in images of the tissue as such
    """
    return {
        'protocol_core': {'protocol_id': name, 'protocol_name': name.replace('_', ' '),
                          'protocol_description': 'Tiles were taken at one focal plane and stitched.'},
        'magnification': '40x',
        'microscopy_technique': FLUORESCENCE.json(),
        'numerical_aperture': .75,
        'overlapping_tiles': 'no',
        'pixel_size': 230.0,
        'target': [{'molecule_name': f'GENE{number}', 'assay_type': (SMFISH if number % 3 else IN_SITU).json(),
                    'multiplexed': 'yes', 'channel_id': [str(number % 4)]}
                   for number in range(targets)] or None,
    }


def treatment(chance: Chance, name: str) -> JSON:
    return {
        'protocol_core': {'protocol_id': name, 'protocol_name': name.replace('_', ' '),
                          'protocol_description': 'Half of the cells were stimulated overnight.'},
        'method': [ACTIVATION_ASSAY.json()],
        'target_pathway': [ACTIVATION.json()],
        'media': 'Basal medium B',
    }


def analysis(chance: Chance, name: str, method: str) -> JSON:
    return {
        'protocol_core': core(chance, name, f'Reads were turned into a matrix by {method}.'),
        'computational_method': method,
        'type': TRANSFORMATION.json(),
        'matrix': {'derivation_process': ['alignment'],
                   'data_normalization_methods': chance.given(['log transformation'])},
    }
