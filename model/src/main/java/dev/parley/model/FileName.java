package dev.parley.model;

/**
 * The name of a file that a configuration refers to. One that is relative is taken from the folder of the file that it was
 * written in, whoever reads that file resolves it, so that here it is ready to be opened.
 */
public record FileName(String text) {
    public FileName {
        if (text.isBlank() || text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("'%s' is not the name of a file.".formatted(text));
        }
    }

    /** The name as it was written. */
    @FromText
    public static FileName of(String text) {
        return new FileName(text);
    }

    @Override
    public String toString() {
        return text;
    }
}
