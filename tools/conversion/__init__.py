"""Conversion: from Keras and TFLite to ONNX, smaller copies, and proof that their outputs agree."""
