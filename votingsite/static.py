"""The storage of static files: names with a hash of the content, compressed, imports of modules rewritten."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleStorage(CompressedManifestStaticFilesStorage):
    """Puts a hash of the content into the name, so that browsers may keep the file for ever."""

    support_js_module_import_aggregation = True
