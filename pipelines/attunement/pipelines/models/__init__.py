"""Wrappers around other people's models: nothing else imports LiteRT, onnxruntime or torch."""
