"""The map page: one self-contained HTML file, Folium underneath."""
