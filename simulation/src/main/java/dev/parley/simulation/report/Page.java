package dev.parley.simulation.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A page of Markdown and the plots that it shows. The same for the same content, byte for byte. */
public final class Page {
    private final StringBuilder text = new StringBuilder();
    private final Map<String, String> plots = new LinkedHashMap<>();

    /** A heading of the page, of level 1, or of a section. */
    public Page heading(int level, String title) {
        return block("#".repeat(level) + " " + title);
    }

    /** A paragraph, or any other block of Markdown. */
    public Page block(String markdown) {
        text.append(text.isEmpty() ? "" : "\n").append(markdown).append('\n');
        return this;
    }

    /** A table: its head, then its rows, each with as many cells. */
    public Page table(List<String> head, List<List<String>> rows) {
        StringBuilder table = new StringBuilder(row(head)).append('\n').append("|");
        for (int i = 0; i < head.size(); i++) {
            table.append(i == 0 ? "---|" : "---:|");
        }
        for (List<String> row : rows) {
            if (row.size() != head.size()) {
                throw new IllegalArgumentException(
                        "A row of %d cells is below a head of %d: %s".formatted(row.size(), head.size(), row));
            }
            table.append('\n').append(row(row));
        }
        return block(table.toString());
    }

    private static String row(List<String> cells) {
        return "| " + String.join(" | ", cells) + " |";
    }

    /**
     * A plot, which becomes a file beside the page.
     *
     * @param name of the file, without its ending
     * @param shows what there is to see, in a sentence
     */
    public Page plot(String name, Plot plot, String shows) {
        plots.put(name + ".svg", plot.svg());
        return block("![%s](simulation/%s.svg)".formatted(shows, name)).block("*" + shows + "*");
    }

    /** The Markdown. */
    public String text() {
        return text.toString();
    }

    /** The plots' files by their names. */
    public Map<String, String> plots() {
        return Map.copyOf(plots);
    }

    /**
     * Writes {@code simulation.md} and {@code simulation/*.svg} into a folder.
     *
     * @throws IOException when a file cannot be written
     */
    public void write(Path folder) throws IOException {
        Files.createDirectories(folder.resolve("simulation"));
        for (Map.Entry<String, String> plot : plots.entrySet()) {
            Files.writeString(folder.resolve("simulation").resolve(plot.getKey()), plot.getValue());
        }
        Files.writeString(folder.resolve("simulation.md"), text);
    }
}
