"""What the configuration of a site says of its URLs, where it is a program that is not run."""

from __future__ import annotations

from pathlib import Path

from indexer.profiles.profile import content_table

DOCUSAURUS = """
export default {
  trailingSlash: false,
  presets: [['classic', { docs: { routeBasePath: '/' }, blog: { path: './news', routeBasePath: 'updates' } }]],
  plugins: [['@docusaurus/plugin-content-docs', { id: 'api', path: 'reference', routeBasePath: 'api' }]],
};
"""


def test_docusaurus_has_documents_and_blogs_where_its_configuration_puts_them(tmp_path: Path) -> None:
    (tmp_path / "docusaurus.config.js").write_text(DOCUSAURUS)
    urls = content_table(tmp_path, "")["urls"]
    assert urls["docs"] == "/{path}"
    assert urls["news"] == "/updates/{dated_path}"
    assert urls["reference"] == "/api/{path}"


def test_what_is_left_out_at_the_root_of_a_site_is_not_left_out_below_it(tmp_path: Path) -> None:
    (tmp_path / "docusaurus.config.js").write_text(DOCUSAURUS)
    (tmp_path / "docs").mkdir()
    assert "README.md" in content_table(tmp_path, "")["exclude"]
    assert "README.md" not in content_table(tmp_path / "docs", "")["exclude"]


def test_vitepress_moves_pages_by_its_rewrites(tmp_path: Path) -> None:
    (tmp_path / ".vitepress").mkdir()
    (tmp_path / ".vitepress" / "config.ts").write_text("export default { rewrites: { 'en/:rest*': ':rest*' } }")
    assert content_table(tmp_path, "")["rewrites"] == {"en/:rest*": ":rest*"}
