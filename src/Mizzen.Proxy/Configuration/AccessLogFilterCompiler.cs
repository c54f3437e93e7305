using Envoy.Config.Accesslog.V3;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Configuration;

/// <summary>AccessLogFilter messages.</summary>
internal static class AccessLogFilterCompiler
{
    public static AccessLogFilterModel? Compile(AccessLogFilter? message, Problems problems)
    {
        using var scope = problems.At("filter");
        return message is null ? null : Of(message, problems);
    }

    private static AccessLogFilterModel? Of(AccessLogFilter message, Problems problems)
    {
        switch (message.FilterSpecifierCase)
        {
            case AccessLogFilter.FilterSpecifierOneofCase.StatusCodeFilter:
                return Comparison(message.StatusCodeFilter.Comparison, ofDuration: false);
            case AccessLogFilter.FilterSpecifierOneofCase.DurationFilter:
                return Comparison(message.DurationFilter.Comparison, ofDuration: true);
            case AccessLogFilter.FilterSpecifierOneofCase.RuntimeFilter:
                return new AccessLogFilterModel.Share(message.RuntimeFilter.PercentSampled is { } percent ? Values.PerMillion(percent) : 0);
            case AccessLogFilter.FilterSpecifierOneofCase.AndFilter:
                return new AccessLogFilterModel.All(Several(message.AndFilter.Filters, problems));
            case AccessLogFilter.FilterSpecifierOneofCase.OrFilter:
                return new AccessLogFilterModel.Any(Several(message.OrFilter.Filters, problems));
            case AccessLogFilter.FilterSpecifierOneofCase.HeaderFilter:
                return new AccessLogFilterModel.Header(RouteMatchCompiler.Header(message.HeaderFilter.Header, problems));
            case AccessLogFilter.FilterSpecifierOneofCase.ResponseFlagFilter:
                return new AccessLogFilterModel.Flags([.. message.ResponseFlagFilter.Flags]);
            default:
                problems.Add("this proxy has no such filter of access logs");
                return null;
        }
    }

    private static List<AccessLogFilterModel> Several(IEnumerable<AccessLogFilter> messages, Problems problems) =>
        [.. messages.Select(message => Of(message, problems)).OfType<AccessLogFilterModel>()];

    private static AccessLogFilterModel.Comparison Comparison(ComparisonFilter message, bool ofDuration) =>
        new(ofDuration, (ComparisonKind)message.Op, message.Value?.DefaultValue ?? 0);
}
