"""Wrappers around other people's models: nothing else imports mediapipe, onnxruntime or torch."""
