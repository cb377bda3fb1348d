"""Wrappers around other people's models: the only place that imports mediapipe, onnxruntime or torch."""
