using System.Reflection;
using System.Text.RegularExpressions;
using Mizzen.ControlPlane.Analysis;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;
using Mizzen.Testing;

namespace Mizzen.Tests.House;

/// <summary>docs/errors.md tells of every code that can be found, with its level, and of no other.</summary>
public sealed partial class ErrorCodeTests
{
    private static readonly Dictionary<string, string> Documented =
        RowPattern.Matches(File.ReadAllText(Repository.PathOf("docs", "errors.md"))).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value, StringComparer.Ordinal);

    public static TheoryData<string> Codes => [.. new[] { typeof(IstioCodes), typeof(ResourceReader) }
        .SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Static))
        .Where(constant => constant is { IsLiteral: true } && constant.FieldType == typeof(string))
        .Select(constant => (string)constant.GetRawConstantValue()!)];

    [Theory]
    [MemberData(nameof(Codes))]
    public void Every_code_is_documented_with_its_level(string code) => Assert.Equal(IstioCodes.LevelOf(code).ToString(), Documented.GetValueOrDefault(code, "missing"));

    [Fact]
    public void No_code_is_documented_that_does_not_exist() => Assert.Empty(Documented.Keys.Except(Codes.Select(row => row.Data)));

    [Fact]
    public void Every_code_of_an_analyzer_is_a_code() => Assert.Empty(Analyzers.All.SelectMany(analyzer => analyzer.Codes).Except(Codes.Select(row => row.Data)));

    [GeneratedRegex(@"^\| ((?:IST|MZ)\d{4}) \| (Info|Warning|Error) \|", RegexOptions.CultureInvariant | RegexOptions.Multiline)]
    private static partial Regex RowPattern { get; }
}
