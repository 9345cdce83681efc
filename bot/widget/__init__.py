"""The website widget: TypeScript sources, the built file, the demo page and what is generated for them."""
