package dev.parley.config;

/**
 * The text of one file.
 *
 * @param name as messages show it: the path that the user gave, or a folder and a file in it
 * @param order its place among the files that are read together; problems are reported in this order
 */
record Source(String name, int order, String text) {

    /** JSON allows tabs between its tokens, YAML does not; a blank in their stead keeps the columns. */
    String yaml() {
        return name.endsWith(".json") ? text.replace('\t', ' ') : text;
    }
}
