"""Local AWS is a room with one door: it knows nothing of the package around it, which uses nothing behind the door."""

import grimp

LOCAL = "ddb_assets.local"


def test_local_aws_imports_nothing_of_the_package_around_it() -> None:
    graph = grimp.build_graph("ddb_assets", "ddb_snapshot")
    inside = {LOCAL, *graph.find_descendants(LOCAL)}

    used = {(one, used) for one in inside for used in graph.find_modules_directly_imported_by(one) - inside}
    assert used == set()


def test_others_import_its_door_alone() -> None:
    graph = grimp.build_graph("ddb_assets", "ddb_snapshot")
    behind = graph.find_descendants(LOCAL)
    inside = {LOCAL, *behind}

    assert graph.find_modules_that_directly_import(LOCAL) - inside
    users = {(user, one) for one in behind for user in graph.find_modules_that_directly_import(one) - inside}
    assert users == set()
