"""The llm writer: texts asked of Azure OpenAI, or any compatible server, checked before anyone sees them."""
