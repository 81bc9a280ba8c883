-- The hook that is measured: the uid is a cookie's value.
return function(req)
  return req.cookies.uid
end
