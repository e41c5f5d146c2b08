"""Jobs at vendors: their records in the object store, and what is done about them."""

from blocks.submissions._around import Around
from blocks.submissions._carrying import carry
from blocks.submissions._course import Asked, Prepared
from blocks.submissions._ends import Carried
from blocks.submissions._months import Months
from blocks.submissions._records import Records, all_standings

__all__ = ["Around", "Asked", "Carried", "Months", "Prepared", "Records", "all_standings", "carry"]
