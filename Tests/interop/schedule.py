"""Which of pytest's processes runs which tests, and in which order: a file is run by one process.

A Java machine takes seconds to start and a minute to be warm, Sail and Daft some seconds: all tests
that ask them are one process's. These come first, then what takes longest, so that the processes
end together whatever they were given. A file that is not named here is only slower than need be.
"""

GROUPS = {
    "spark": [
        "test_written_parquet.py", "test_annotations.py", "test_generated_columns.py",
        "test_read_parquet.py", "test_protocol_rules.py", "test_logs.py"],
    "engines": [
        "test_delta_features.py", "test_tables_of_others.py", "test_nested_pruning.py",
        "test_many_processes.py"],
}
LONG = [
    "test_exactly_once.py", "test_bounds.py", "test_interrupted.py", "test_parquet_corpus.py",
    "test_commit_model.py", "test_two_writers.py", "test_random_parquet.py", "test_layout.py",
    "test_checkpoints.py", "test_keep.py", "test_json_suite.py"]

ORDER = [*(file for files in GROUPS.values() for file in files), *LONG]


def place(file: str) -> int:
    """Tests of the same place keep the order of their names."""
    return ORDER.index(file) if file in ORDER else len(ORDER)


def group(file: str) -> str:
    return next((name for name, files in GROUPS.items() if file in files), file)


def make_scheduler(config, log):
    """pytest-xdist's `--dist loadfile`, by the groups and in the order of this file."""
    from xdist.scheduler import LoadFileScheduling

    class GroupScheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group(super()._split_scope(nodeid).rsplit("/")[-1])

    config.option.loadscopereorder = False  # By the number of tests, which says little.
    return GroupScheduling(config, log)
