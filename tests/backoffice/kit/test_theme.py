"""What of the theme stands here in a form of our own (docs/accessibility.md says why), and which original each was made from."""

import hashlib
from pathlib import Path

import unfold
from django.conf import settings

OURS = Path(settings.BASE_DIR) / "templates"
THEIRS = Path(unfold.__file__).parent / "templates"

# A template of ours in the place of unfold's, and the beginning of the SHA-256 of unfold's as it was when ours
# was made. Where it has changed: look at what changed there, take it over if we want it, and write the new one here.
ORIGINALS = {
    "admin/base.html": "2ce9250b3c649e3a",
    "admin/change_list.html": "5885c39760f6085d",
    "admin/includes/fieldset.html": "28426b3cc2900b0b",
    "admin/index.html": "9fdb849b7da18ccd",
    "admin/search_form.html": "32c57965802858bd",
    "unfold/helpers/app_list_badge.html": "bc002ff5a001fd04",
    "unfold/helpers/boolean.html": "ccaf312fe7efd6b9",
    "unfold/helpers/change_list_filter.html": "9606a6123fb48b05",
    "unfold/helpers/command.html": "ae6ce324d8536613",
    "unfold/helpers/delete_submit_line.html": "70849abab731016f",
    "unfold/helpers/edit_inline/inline_add.html": "e8bc669caf9a426b",
    "unfold/helpers/edit_inline/inline_delete.html": "aa81c3c8f5a2c86a",
    "unfold/helpers/edit_inline/inline_delete_undo.html": "ff1de71a8466ae3b",
    "unfold/helpers/edit_inline/tabular_field.html": "ab1aab4fedf9f270",
    "unfold/helpers/edit_inline/tabular_heading.html": "eef46d03bc1655ad",
    "unfold/helpers/empty_results.html": "5f4727a37a99da76",
    "unfold/helpers/fieldset_row.html": "2eb8a8acf2d75385",
    "unfold/helpers/header.html": "d30d2ed9f06b45f3",
    "unfold/helpers/help_text.html": "7c3b12a6d62de9a3",
    "unfold/helpers/messages.html": "9e37d808b5122af1",
    "unfold/helpers/navigation.html": "fd819dae3473c0be",
    "unfold/helpers/navigation_header.html": "35139b9d94580be9",
    "unfold/helpers/navigation_user.html": "4c9ba58b3f215326",
    "unfold/helpers/search.html": "91996c27181d14ad",
    "unfold/helpers/shortcut.html": "2bbd7fbe9f6abd8e",
    "unfold/helpers/site_icon.html": "e35b87d138cd96c9",
    "unfold/helpers/tab_action.html": "6728db375499fab6",
    "unfold/helpers/tab_actions.html": "2883f8c5b35d3085",
    "unfold/helpers/tab_items.html": "d23095f9525ae751",
    "unfold/helpers/theme_switch.html": "c8e659df65f5aa78",
    "unfold/helpers/theme_switch_dropdown.html": "90421e9a3524b57f",
    "unfold/helpers/welcomemsg.html": "e8eab02522ba2319",
    "unfold/layouts/unauthenticated.html": "768501529f1a8dae",
    "unfold/widgets/password_toggle.html": "1a8f6d328b02ee31",
}


def test_each_template_in_the_place_of_the_themes_was_made_from_the_one_that_is_installed() -> None:
    found = {}
    for ours in sorted(OURS.rglob("*.html")):
        name = str(ours.relative_to(OURS))
        original = THEIRS / name
        if original.exists():
            found[name] = hashlib.sha256(original.read_bytes()).hexdigest()[:16]
    assert found == ORIGINALS


def test_the_documentation_names_each_of_them() -> None:
    text = (Path(settings.BASE_DIR) / "docs" / "accessibility.md").read_text()
    assert [name for name in ORIGINALS if f"`{name}`" not in text] == []
