"""Trino's functions by name, with the numbers of arguments that they take: what a real Trino 476 lists (SHOW FUNCTIONS).

It tells a function that this engine lacks (NOT_SUPPORTED) from one that isn't there at all (FUNCTION_NOT_FOUND).
"""

from __future__ import annotations

_LISTED = """
abs:1 acos:1 all_match:2 any_match:2 any_value:1 approx_distinct:1,2 approx_most_frequent:3
approx_percentile:2,3,4 approx_set:1 arbitrary:1 array_agg:1 array_distinct:1 array_except:2 array_histogram:1
array_intersect:2 array_join:2,3 array_max:1 array_min:1 array_position:2 array_remove:2 array_sort:1,2
array_union:2 arrays_overlap:2 asin:1 at_timezone:2 atan:1 atan2:2 avg:1 bar:2,4 beta_cdf:3 bing_tile:1,3
bing_tile_at:3 bing_tile_coordinates:1 bing_tile_polygon:1 bing_tile_quadkey:1 bing_tile_zoom_level:1
bing_tiles_around:3,4 bit_count:2 bitwise_and:2 bitwise_and_agg:1 bitwise_left_shift:2 bitwise_not:1
bitwise_or:2 bitwise_or_agg:1 bitwise_right_shift:2 bitwise_right_shift_arithmetic:2 bitwise_xor:2
bitwise_xor_agg:1 bool_and:1 bool_or:1 cardinality:1 cbrt:1 ceil:1 ceiling:1 checksum:1 chr:1 coalesce:2
codepoint:1 color:1,3,5 combinations:2 concat:1,2 concat_ws:2 contains:2 contains_sequence:2 convex_hull_agg:1
corr:2 cos:1 cosh:1 cosine_distance:2 cosine_similarity:2 count:0,1 count_if:1 covar_pop:2 covar_samp:2 crc32:1
cume_dist:0 current_date:0 current_groups:0 current_timezone:0 date:1 date_add:3 date_diff:3 date_format:2
date_parse:2 date_trunc:2 day:1 day_of_month:1 day_of_week:1 day_of_year:1 degrees:1 dense_rank:0 dot_product:2
dow:1 doy:1 e:0 element_at:2 empty_approx_set:0 euclidean_distance:2 every:1 exclude_columns:2 exp:1 filter:2
first_value:1 flatten:1 floor:1 format:2 format_datetime:2 format_number:1 from_base:2 from_base32:1
from_base64:1 from_base64url:1 from_big_endian_32:1 from_big_endian_64:1 from_encoded_polyline:1
from_geojson_geometry:1 from_hex:1 from_ieee754_32:1 from_ieee754_64:1 from_iso8601_date:1
from_iso8601_timestamp:1 from_iso8601_timestamp_nanos:1 from_unixtime:1,2,3 from_unixtime_nanos:1 from_utf8:1,2
geometric_mean:1 geometry_from_hadoop_shape:1 geometry_invalid_reason:1 geometry_nearest_points:2
geometry_to_bing_tiles:2 geometry_union:1 geometry_union_agg:1 great_circle_distance:4 greatest:1
hamming_distance:2 hash_counts:1 histogram:1 hmac_md5:2 hmac_sha1:2 hmac_sha256:2 hmac_sha512:2 hour:1
human_readable_seconds:1 if:2,3 infinity:0 intersection_cardinality:2 inverse_beta_cdf:3 inverse_normal_cdf:3
is_finite:1 is_infinite:1 is_json_scalar:1 is_nan:1 jaccard_index:2 json_array_contains:2 json_array_get:2
json_array_length:1 json_extract:2 json_extract_scalar:2 json_format:1 json_parse:1 json_size:2 json_value:2
kurtosis:1 lag:1,2,3 last_day_of_month:1 last_value:1 lead:1,2,3 least:1 length:1 levenshtein_distance:2
line_interpolate_point:2 line_interpolate_points:2 line_locate_point:2 listagg:5 ln:1 log:2 log10:1 log2:1
lower:1 lpad:3 ltrim:1,2 luhn_check:1 make_set_digest:1 map:0,2 map_agg:2 map_concat:1 map_entries:1
map_filter:2 map_from_entries:1 map_keys:1 map_union:1 map_values:1 map_zip_with:3 max:1,2 max_by:2,3 md5:1
merge:1 merge_set_digest:1 millisecond:1 min:1,2 min_by:2,3 minute:1 mod:2 month:1 multimap_agg:2
multimap_from_entries:1 murmur3:1 nan:0 ngrams:2 none_match:2 normal_cdf:3 normalize:1,2 now:0 nth_value:2
ntile:1 nullif:2 numeric_histogram:2,3 parse_data_size:1 parse_datetime:2 parse_duration:1
parse_presto_data_size:1 percent_rank:0 pi:0 position:2 pow:2 power:2 qdigest_agg:1,2,3 quantile_at_value:2
quarter:1 radians:1 rand:0,1,2 random:0,1,2 rank:0 reduce:4 reduce_agg:4 regexp_count:2 regexp_extract:2,3
regexp_extract_all:2,3 regexp_like:2 regexp_position:2,3,4 regexp_replace:2,3 regexp_split:2 regr_intercept:2
regr_slope:2 render:1,2 repeat:2 replace:2,3 reverse:1 rgb:3 round:1,2 row_number:0 rpad:3 rtrim:1,2 second:1
sequence:2,3 sha1:1 sha256:1 sha512:1 shuffle:1 sign:1 simplify_geometry:2 sin:1 sinh:1 skewness:1 slice:3
soundex:1 spatial_partitioning:1 spatial_partitions:2,3 split:2,3 split_part:3 split_to_map:3
split_to_multimap:3 spooky_hash_v2_32:1 spooky_hash_v2_64:1 sqrt:1 st_area:1 st_asbinary:1 st_astext:1
st_boundary:1 st_buffer:2 st_centroid:1 st_contains:2 st_convexhull:1 st_coorddim:1 st_crosses:2 st_difference:2
st_dimension:1 st_disjoint:2 st_distance:2 st_endpoint:1 st_envelope:1 st_envelopeaspts:1 st_equals:2
st_exteriorring:1 st_geometries:1 st_geometryfromtext:1 st_geometryn:2 st_geometrytype:1 st_geomfrombinary:1
st_geomfromkml:1 st_interiorringn:2 st_interiorrings:1 st_intersection:2 st_intersects:2 st_isclosed:1
st_isempty:1 st_isring:1 st_issimple:1 st_isvalid:1 st_length:1 st_linefromtext:1 st_linestring:1
st_multipoint:1 st_numgeometries:1 st_numinteriorring:1 st_numpoints:1 st_overlaps:2 st_point:2 st_pointn:2
st_points:1 st_polygon:1 st_relate:3 st_startpoint:1 st_symdifference:2 st_touches:2 st_union:2 st_within:2
st_x:1 st_xmax:1 st_xmin:1 st_y:1 st_ymax:1 st_ymin:1 starts_with:2 stddev:1 stddev_pop:1 stddev_samp:1
strpos:2,3 substr:2,3 substring:2,3 sum:1 t_cdf:2 t_pdf:2 tan:1 tanh:1 tdigest_agg:1,2 timezone:1
timezone_hour:1 timezone_minute:1 to_base:2 to_base32:1 to_base64:1 to_base64url:1 to_big_endian_32:1
to_big_endian_64:1 to_encoded_polyline:1 to_geojson_geometry:1 to_geometry:1 to_hex:1 to_ieee754_32:1
to_ieee754_64:1 to_iso8601:1 to_milliseconds:1 to_spherical_geography:1 to_unixtime:1 to_utf8:1 transform:2
transform_keys:2 transform_values:2 translate:3 trim:1,2 trim_array:2 truncate:1,2 try:1 typeof:1 upper:1
url_decode:1 url_encode:1 url_extract_fragment:1 url_extract_host:1 url_extract_parameter:2 url_extract_path:1
url_extract_port:1 url_extract_protocol:1 url_extract_query:1 uuid:0 value_at_quantile:2 values_at_quantiles:2
var_pop:1 var_samp:1 variance:1 week:1 week_of_year:1 width_bucket:2,4 wilson_interval_lower:3
wilson_interval_upper:3 with_timezone:2 word_stem:1,2 xxhash64:1 year:1 year_of_week:1 yow:1 zip:2,3,4,5
zip_with:3
"""

TRINO_FUNCTIONS: dict[str, frozenset[int]] = {
    name: frozenset(int(count) for count in counts.split(","))
    for name, _, counts in (entry.partition(":") for entry in _LISTED.split())
}
