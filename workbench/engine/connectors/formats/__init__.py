from workbench.engine.connectors.formats.texts import infer, parse

__all__ = ["infer", "parse"]
