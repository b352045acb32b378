"""What the metadata of files say, by the modern names of the properties."""
from typing import Any

from samples.generator.chance import Chance
from samples.generator.vocabulary import COUNT_MATRIX, DNA_SEQUENCE, IMAGE, MATRIX

JSON = dict[str, Any]

READS = {'R1': 'read1', 'R2': 'read2', 'I1': 'index1'}

CONTENT_TYPES = {
    'fastq.gz': 'application/gzip',
    'mtx.gz': 'application/gzip',
    'h5ad': 'application/gzip',
    'bam': 'application/octet-stream',
    'bai': 'application/octet-stream',
    'ndpi': 'application/octet-stream',
    'Rds': 'application/octet-stream',
    'loom': 'application/vnd.loom',
    'csv': 'text/csv',
    'tsv': 'text/tab-separated-values',
    'mtx': 'application/octet-stream',
    'matrix': 'application/json',
    'tiff': 'image/tiff',
    'pdf': 'application/pdf',
    'zip': 'application/zip',
    'unknown': 'application/octet-stream',
}
"""By format; the type of a data file in a manifest is one of these and `; dcp-type=data`."""


def sequence_file(chance: Chance, name: str, read: str, lane: int, library: str) -> JSON:
    """
    :param read: R1, R2 or I1
    :param library: what the file's reads come from
    """
    return {
        'file_core': {'file_name': name, 'format': 'fastq.gz',
                      'checksum': chance.given(f'{chance.random.getrandbits(128):032x}'),
                      'content_description': [DNA_SEQUENCE.json()]},
        'read_index': READS[read],
        'lane_index': lane,
        'read_length': {'R1': 26, 'I1': 8}.get(read, 98),
        'library_prep_id': library,
        'technical_replicate_group': chance.given(f'{library}_r1'),
        'insdc_run': chance.given([chance.accession('SRR')]),
        'insdc_run_accessions': [chance.accession('SRR')],
    }


def analysis_file(chance: Chance, name: str, format_: str, cells: int | None = None) -> JSON:
    """
    :param cells: how many a matrix has
    """
    return {
        'file_core': {'file_name': name, 'format': format_, 'file_source': 'DCP/2 Analysis',
                      'content_description': [COUNT_MATRIX.json()]},
        'matrix_cell_count': cells,
    }


def image_file(chance: Chance, name: str, format_: str) -> JSON:
    return {'file_core': {'file_name': name, 'format': format_, 'file_source': 'Contributor',
                          'content_description': [IMAGE.json()]}}


def supplementary_file(chance: Chance, name: str, format_: str, description: str) -> JSON:
    return {'file_core': {'file_name': name, 'format': format_, 'content_description': [MATRIX.json()]},
            'file_description': description}
