"""How static files are stored: under names with a hash of their content, compressed, modules' imports rewritten."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleStorage(CompressedManifestStaticFilesStorage):
    """Names files by their content, so that browsers may keep them for ever."""

    support_js_module_import_aggregation = True
