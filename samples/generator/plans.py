"""The studies of the collection: invented, each in the style of its year."""
from samples.generator.studies import Plan
from samples.generator.vocabulary import COVID_19, MOUSE

MARROW = Plan(
    'MarrowReservoir', 'How full is the reservoir? Blood-forming cells of the marrow across four decades of life',
    'Aspirates of the marrow and cord blood of healthy volunteers were sequenced to ask whether the share of '
    'blood-forming cells declines with age, or whether only their readiness does.',
    tissues=('hematopoietic system',), instrument='Illumina HiSeq X Ten', detail=.7, publications=0)
TUMOURS = Plan(
    'MouseSkinTumours', 'Cells that a growing skin tumour sends for in mice',
    'Tumours and the nodes that drain them were collected at three times; single cells were sorted into plates to '
    'follow who arrives, and when.',
    species=MOUSE, tissues=('skin of body', 'lymph node'), library='Smart-seq2', instrument='Illumina HiSeq 2500',
    detail=.8, sorted_cells=True, ill=1)
ISLETS = Plan(
    'IsletPilot', 'A pilot: single cells of islets that were left over from transplantation',
    'Islets were taken apart within a day of the donation. The pilot asks how much of the profile is damage.',
    tissues=('pancreas',), library='Smart-seq2', instrument='Illumina HiSeq 2500', detail=.9, publications=0,
    contributors=2, sorted_cells=True)
ORGANOIDS = Plan(
    'FourLinesOneBrain', 'Four lines, one brain: how alike are organoids from different people?',
    'Organoids from the reprogrammed skin of four people were pooled before sequencing and told apart by their '
    'genotypes. Most of the variation is within, not between, the lines.',
    tissues=('brain',), library='10x v2', detail=.8)
PLATES = Plan(
    'HypothalamusPlates', 'A plate for every hour: the hypothalamus of mice around the clock',
    'One plate of single cells for each of twelve hours of the day, kept in full darkness.',
    species=MOUSE, tissues=('brain',), library='Smart-seq2', instrument='Illumina NextSeq 500', detail=.2,
    sorted_cells=True, contributors=3)
AIRWAYS = Plan(
    'AirwaysInAsthma', 'Airways before and after: epithelium of the bronchus in asthma',
    'Brushings of the bronchus, with everything written down that could be asked of a donor. Großer Dank an alle '
    'Spenderinnen und Spender.',
    tissues=('lung',), library='10x v2', detail=1, contributors=6, publications=2, sorted_cells=True)
STEM_CELLS = Plan(
    'RewrittenBlood', 'Rewritten blood: lines of blood-forming cells after reprogramming',
    'Two lines were reprogrammed and followed for sixty days.',
    tissues=('hematopoietic system', 'blood'), library='10x v2', detail=.7, sorted_cells=True)
KIDNEYS = Plan(
    'KidneyBiopsies', 'What a needle sees: single cells of kidney biopsies, from first sample to atlas',
    'Biopsies for transplantation, both of cortex and medulla, some with chronic disease; first published with the '
    'reads alone and processed again for the atlas later.',
    tissues=('kidney',), library="10x 3' v3", instrument='Illumina NovaSeq 6000', detail=.4, contributors=5)
RETINAS = Plan(
    'RetinasAcrossSpecies', 'The smallest common retina: eyes of mice, cell by cell',
    'Retinas of young and old mice, to be compared with those of people.',
    species=MOUSE, tissues=('eye',), library='Drop-seq', instrument='Illumina NextSeq 500', detail=.6)
KIDNEY_ORGANOIDS = Plan(
    'KidneyInADish', 'A kidney in a dish? Organoids at day thirty-four',
    'Organoids from a line of unknown origin, grown by one protocol.',
    tissues=('kidney',), library='Drop-seq', detail=.2)
HEARTS = Plan(
    'HeartsThroughLife', 'Nuclei of hearts through life',
    'Frozen left ventricles of donors from before birth to old age; nuclei of three donors at a time were pooled.',
    tissues=('heart',), library="10x 3' v3 nuclei", instrument='Illumina NovaSeq 6000', detail=.6, contributors=7)
LIVERS = Plan(
    'LiverByMatrix', 'A liver, by its matrix only',
    'Only matrices could be shared; the reads stay where the donors agreed they would.',
    tissues=('liver', 'colon'), library="10x 3' v3", instrument='Illumina NovaSeq 6000', detail=.5)
COVID = Plan(
    'BreathAndBlood', 'Breath and blood: the first weeks of COVID-19 in lung and blood',
    'Blood of patients and volunteers, and sections of the lung of those who died, in situ.',
    tissues=('blood', 'lung'), library='Visium', instrument='Illumina NovaSeq 6000', detail=.5, ill=.7,
    disease=COVID_19, contributors=8,
    publications=2, sorted_cells=True)
