package dev.parley.config;

/** Where something stands, counted from 1. Line and column are 0 where the whole file is meant. */
record Place(Source source, int line, int column) implements Comparable<Place> {
    static Place whole(Source source) {
        return new Place(source, 0, 0);
    }

    @Override
    public int compareTo(Place other) {
        int byFile = Integer.compare(source.order(), other.source.order());
        int byLine = byFile != 0 ? byFile : Integer.compare(line, other.line);
        return byLine != 0 ? byLine : Integer.compare(column, other.column);
    }

    @Override
    public String toString() {
        return line == 0 ? source.name() : source.name() + ":" + line + ":" + column;
    }
}
