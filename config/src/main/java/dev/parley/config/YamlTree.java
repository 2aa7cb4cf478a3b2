package dev.parley.config;

import dev.parley.config.Yaml.Field;
import dev.parley.config.Yaml.Fields;
import dev.parley.config.Yaml.Items;
import dev.parley.config.Yaml.Scalar;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Builds the tree of one file from the parser's events. It is built here, rather than by the library's composer,
 * because the composer recurses without bound, lets a key be given twice, and follows aliases before anybody counts what
 * they add up to.
 *
 * <p>Bounds: {@value #DEEPEST} levels, and {@value #MOST_VALUES} values after aliases are followed, which is what stops
 * the "billion laughs".
 */
final class YamlTree {
    static final int DEEPEST = 32;
    static final int MOST_VALUES = 2_000_000;

    private final Source source;
    private final Findings findings;
    private final Deque<Open> open = new ArrayDeque<>();
    private final Map<String, Anchored> anchors = new HashMap<>();
    private @Nullable Yaml root;

    /** A value with a name, and how many values it is when aliases are followed. */
    private record Anchored(Yaml value, long size) {}

    /** Why the rest of a file cannot be read. */
    private static final class Unreadable extends Exception {
        private static final long serialVersionUID = 1;
    }

    private YamlTree(Source source, Findings findings) {
        this.source = source;
        this.findings = findings;
    }

    /** The one value of the file; nothing where it could not be read, and then the problem has been noted. */
    static Optional<Yaml> read(Source source, Findings findings) {
        YamlTree tree = new YamlTree(source, findings);
        try {
            return tree.parse() ? Optional.ofNullable(tree.root) : Optional.empty();
        } catch (Unreadable noted) {
            return Optional.empty();
        } catch (MarkedYamlEngineException e) {
            tree.syntax(e);
        } catch (ReaderException e) {
            tree.character(e);
        } catch (YamlEngineException e) {
            findings.add(Place.whole(source), "yaml-syntax", "", "this is not YAML: " + e.getMessage() + ".", "", "");
        }
        return Optional.empty();
    }

    private boolean parse() throws Unreadable {
        LoadSettings settings = LoadSettings.builder()
                .setLabel(source.name())
                .setCodePointLimit(Integer.MAX_VALUE)
                .build();
        int documents = 0;
        for (Event event : new Parse(settings).parseString(source.yaml())) {
            if (event instanceof DocumentStartEvent && ++documents > 1) {
                throw stop(
                        place(event),
                        "several-documents",
                        "a second document begins here.",
                        "A file is one document, and a folder is how several are given.",
                        "Remove the '---', or move what follows into a file of its own.");
            }
            take(event);
        }
        if (root == null || (root instanceof Scalar scalar && scalar.isNull())) {
            throw stop(
                    Place.whole(source),
                    "empty-file",
                    "there is nothing in it.",
                    "A configuration has at least listeners, services and routes.",
                    "Write them, or remove the file.");
        }
        return true;
    }

    private void take(Event event) throws Unreadable {
        switch (event) {
            case ScalarEvent scalar -> {
                refuseTag(scalar, scalar.getTag());
                Scalar value = new Scalar(place(event), scalar.getValue(), scalar.isPlain());
                put(value, 1, anchor(scalar));
            }
            case CollectionStartEvent start -> {
                refuseTag(start, start.getTag());
                if (open.size() == DEEPEST) {
                    throw stop(
                            place(event),
                            "too-deep",
                            "this is more than %d levels deep.".formatted(DEEPEST),
                            "No setting is.",
                            "Look for brackets that are not closed.");
                }
                open.push(new Open(place(event), start instanceof MappingStartEvent, anchor(start)));
            }
            case CollectionEndEvent end -> {
                Open done = open.pop();
                put(done.value(), done.size, done.anchor);
            }
            case AliasEvent alias -> follow(alias);
            default -> {
                // Starts and ends of the stream and of documents carry no value.
            }
        }
    }

    private void follow(AliasEvent alias) throws Unreadable {
        String name = alias.getAlias().getValue();
        Anchored anchored = anchors.get(name);
        if (anchored == null) {
            throw stop(
                    place(alias),
                    "yaml-syntax",
                    "the alias '*%s' stands for nothing.".formatted(name),
                    "An alias repeats a whole value that was named with & above it.",
                    "Put '&%s' before that value.".formatted(name));
        }
        put(anchored.value, anchored.size, null);
    }

    /** Hands a finished value to the map or list that is open, or makes it the root. */
    private void put(Yaml value, long size, @Nullable String anchor) throws Unreadable {
        if (anchor != null) {
            anchors.put(anchor, new Anchored(value, size));
        }
        Open parent = open.peek();
        if (parent == null) {
            root = value;
            return;
        }
        parent.size += size;
        if (parent.size > MOST_VALUES) {
            throw stop(
                    value.place(),
                    "too-many-values",
                    "this adds up to more than %d values.".formatted(MOST_VALUES),
                    "Aliases count each time that they are used.",
                    "Use fewer of them, or split the configuration.");
        }
        if (!parent.map) {
            parent.items.add(value);
        } else if (parent.key == null) {
            parent.key = key(value);
        } else {
            enter(parent, parent.key, value);
            parent.key = null;
        }
    }

    private Scalar key(Yaml value) throws Unreadable {
        if (value instanceof Scalar scalar) {
            return scalar;
        }
        throw stop(
                value.place(),
                "yaml-syntax",
                "a map or list stands where a key should.",
                "Keys are words.",
                "Quote text that begins with { or [.");
    }

    private void enter(Open parent, Scalar key, Yaml value) {
        Place first = parent.seen.putIfAbsent(key.text(), key.place());
        if (first == null) {
            parent.fields.add(new Field(key.text(), key.place(), value));
        } else {
            findings.add(
                    key.place(),
                    "duplicate-key",
                    path(),
                    "key '%s' is given twice in one map, first at line %d.".formatted(key.text(), first.line()),
                    "Only one of the two could count.",
                    "Remove or rename one.");
        }
    }

    /** The keys and indexes that lead to the value being read. */
    private String path() {
        StringBuilder path = new StringBuilder();
        for (Open level : (Iterable<Open>) open::descendingIterator) {
            if (!level.map) {
                path.append('[').append(level.items.size()).append(']');
            } else if (level.key != null) {
                path.append(path.isEmpty() ? "" : ".").append(level.key.text());
            }
        }
        return path.toString();
    }

    private void refuseTag(NodeEvent event, Optional<String> tag) throws Unreadable {
        if (tag.isPresent()) {
            throw stop(
                    place(event),
                    "yaml-tag",
                    "the tag '%s' is not read.".formatted(tag.get()),
                    "Each setting has the one type that the reference gives.",
                    "Remove the tag; quote a text that begins with '!'.");
        }
    }

    private static @Nullable String anchor(NodeEvent event) {
        return event.getAnchor().map(anchor -> anchor.getValue()).orElse(null);
    }

    private void syntax(MarkedYamlEngineException e) {
        Place place = e.getProblemMark().map(this::place).orElse(Place.whole(source));
        String problem = e.getProblem() == null ? "" : e.getProblem();
        if (problem.contains("TAB")) {
            findings.add(
                    place,
                    "yaml-syntax",
                    "",
                    "a tab stands where YAML allows only spaces.",
                    "Editors show tabs in different widths, so YAML does not indent with them.",
                    "Replace it by spaces.");
            return;
        }
        String context = e.getContext() == null ? "" : e.getContext() + ", ";
        String began = e.getContextMark()
                .filter(mark -> mark.getLine() + 1 != place.line())
                .map(mark -> " (begun at line %d)".formatted(mark.getLine() + 1))
                .orElse("");
        findings.add(
                place,
                "yaml-syntax",
                "",
                "this is not YAML: %s%s%s.".formatted(context, problem.replace("\n", " "), began),
                "",
                "Check the indentation, and quote text that has ': ', ' #' or brackets in it.");
    }

    private void character(ReaderException e) {
        String before = source.yaml();
        int at = before.offsetByCodePoints(0, Math.min(e.getPosition(), before.codePointCount(0, before.length())));
        int line =
                1 + (int) before.substring(0, at).chars().filter(c -> c == '\n').count();
        int column = at - before.lastIndexOf('\n', at - 1);
        findings.add(
                new Place(source, line, column),
                "yaml-syntax",
                "",
                "the character U+%04X cannot stand in YAML.".formatted(e.getCodePoint()),
                "",
                "Remove it, or write it as an escape in double quotes.");
    }

    private Unreadable stop(Place place, String code, String what, String why, String fix) {
        findings.add(place, code, "", what, why, fix);
        return new Unreadable();
    }

    private Place place(Event event) {
        return event.getStartMark().map(this::place).orElse(Place.whole(source));
    }

    private Place place(Mark mark) {
        return new Place(source, mark.getLine() + 1, mark.getColumn() + 1);
    }

    /** A map or list whose end has not been read. */
    private static final class Open {
        final Place place;
        final boolean map;
        final @Nullable String anchor;
        final List<Yaml> items = new ArrayList<>(0);
        final List<Field> fields = new ArrayList<>(0);
        final Map<String, Place> seen = new HashMap<>(0);

        @Nullable
        Scalar key;

        long size = 1;

        Open(Place place, boolean map, @Nullable String anchor) {
            this.place = place;
            this.map = map;
            this.anchor = anchor;
        }

        Yaml value() {
            return map ? new Fields(place, fields) : new Items(place, items);
        }
    }
}
