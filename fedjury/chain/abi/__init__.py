"""The contracts' ABI: encoding calls, decoding results and refusals."""
