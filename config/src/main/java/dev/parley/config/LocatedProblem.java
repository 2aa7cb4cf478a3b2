package dev.parley.config;

import dev.parley.model.Problem;

/**
 * A problem and where it stands.
 *
 * @param file as the user named it, or what stands for it where there is no file
 * @param line counted from 1; 0 where the whole file is meant
 * @param column counted in characters from 1; 0 where the whole file is meant
 * @param source the text of the line, empty where there is none
 */
public record LocatedProblem(Problem problem, String file, int line, int column, String source) {
    private static final int WIDEST_SOURCE = 160;

    public LocatedProblem(Problem problem, String file, int line, int column) {
        this(problem, file, line, column, "");
    }

    /** One line: place, path, what is wrong, its code in brackets, why, and what to do. */
    public String render() {
        StringBuilder text = new StringBuilder(file);
        if (line > 0) {
            text.append(':').append(line).append(':').append(column);
        }
        text.append(problem.path().isEmpty() ? ": " : " " + problem.path() + ": ");
        String what = problem.what();
        text.append(what.endsWith(".") ? what.substring(0, what.length() - 1) : what);
        text.append(" [").append(problem.code()).append("].");
        for (String more : new String[] {problem.why(), problem.fix()}) {
            if (!more.isEmpty()) {
                text.append(' ').append(more);
            }
        }
        return text.toString();
    }

    /** For terminals: {@link #render()}, then the line of the file with a caret below the place. */
    public String renderWithSource() {
        if (source.isBlank()) {
            return render();
        }
        // A very long line, as JSON on one line is, is cut to what surrounds the place.
        int from = source.length() <= WIDEST_SOURCE ? 0 : Math.max(0, column - 1 - WIDEST_SOURCE / 2);
        int to = Math.min(source.length(), from + WIDEST_SOURCE);
        String number = Integer.toString(line);
        String margin = " ".repeat(number.length());
        // Tabs are kept, so that the caret stands below its character however wide the terminal shows them.
        String indent = source.substring(from, Math.min(to, Math.max(from, column - 1)))
                .codePoints()
                .mapToObj(c -> c == '\t' ? "\t" : " ")
                .collect(java.util.stream.Collectors.joining());
        return "%s%n %s | %s%n %s | %s^".formatted(render(), number, source.substring(from, to), margin, indent);
    }
}
