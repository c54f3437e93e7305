namespace Mizzen.Fuzz;

/// <summary>An input of the corpus: <c>*.hex</c> holds hexadecimal digits with spaces and comments behind #, anything else is the input itself.</summary>
internal static class CorpusFile
{
    public static byte[] Read(string path) => path.EndsWith(".hex", StringComparison.Ordinal)
        ? Convert.FromHexString(string.Concat(File.ReadLines(path).Select(line => line.Split('#')[0])).Replace(" ", "", StringComparison.Ordinal))
        : File.ReadAllBytes(path);
}
